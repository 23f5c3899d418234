/** A connection's name: also the name of its file, and part of the name of a Glue connection. */
export const CONNECTION_NAME = /^[a-z][a-z0-9_]{0,40}$/

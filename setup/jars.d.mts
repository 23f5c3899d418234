export interface JarSet {
  folder: string
  pinned: { path: string; sha256: string }[]
  what: string
}
export const KAFKA_JARS: JarSet
export const MARIADB_JARS: JarSet
export function setUpIceberg(say: (line: string) => void): Promise<void>
export function setUpJars(say: (line: string) => void, set: JarSet): Promise<void>

export const root: string
export const stateFolder: string
export const venvFolder: string
export const python: string
export const jarsFolder: string
export const javaRecord: string
export function javaHome(): string
export function pythonEnvironment(): NodeJS.ProcessEnv

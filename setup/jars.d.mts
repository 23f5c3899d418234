export function setUpIceberg(say: (line: string) => void): Promise<void>

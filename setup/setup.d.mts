export function setUp(options?: { say?: (line: string) => void }): Promise<void>
export function isComplete(): boolean

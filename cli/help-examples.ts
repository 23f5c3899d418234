/** The part of a `--help` text with commands that work when you paste them. */
export const helpExamples = (...commands: string[]) => `\nExamples:\n${commands.map((command) => `  npx sluice ${command}`).join('\n')}`

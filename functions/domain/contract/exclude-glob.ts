// What landing/globs.ts and the job (sluice_etl/lake/globs.py) understand alike; test/cases/globs.json holds both to it.
const SPECIAL = String.raw`*?+[\]{}()|!"\\`
const TOKENS = [
  String.raw`\\[${SPECIAL}]`,
  String.raw`\*(?!\*)`,
  String.raw`\?`,
  String.raw`\[\^?[A-Za-z0-9_=.-]+\]`,
  String.raw`\{[A-Za-z0-9_=.*-]+(?:,[A-Za-z0-9_=.*-]+)+\}`,
  `[^${SPECIAL}/]`,
]
const FOLDER = new RegExp(`^(?:${TOKENS.join('|')})+$`, 'u')

export const EXCLUDE_GLOB =
  "must be a glob of *, ?, [abc], [^abc], {a,b} and ** as a whole folder, with \\ before a sign that is meant literally, below the dataset's folder"

/** Whether a contract's `exclude` means the same wherever it is read. */
export function isExcludeGlob(glob: string): boolean {
  const folders = glob.split('/')
  return folders.every((folder, index) =>
    folder === '**' ? folders[index - 1] !== '**' : FOLDER.test(folder) && folder !== '.' && folder !== '..',
  )
}

import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Copies the package to the new folder `copy`; data quality runs may not load the code that judges there. Returns `copy`. */
export function withoutQualityLibrary(original: string, copy: string): string {
  mkdirSync(copy)
  for (const name of readdirSync(original)) if (!name.includes('update-stack')) symlinkSync(join(original, name), join(copy, name))
  const file = 'cloudformation-template-update-stack.json'
  const template = JSON.parse(readFileSync(join(original, file), 'utf8'))
  const document = template.Resources.QualityRole.Properties.Policies[0].PolicyDocument
  document.Statement = document.Statement.filter(({ Sid }: { Sid: string }) => Sid !== 'LoadTheQualityLibrary')
  writeFileSync(join(copy, file), JSON.stringify(template))
  return copy
}

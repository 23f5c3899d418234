import type { CollectionTag, ScalarTag, YAMLSeq } from 'yaml'

const NAMES = ['Ref', 'Sub', 'GetAtt', 'Join', 'Select', 'Split', 'If', 'ImportValue']

/** CloudFormation's short tags for the `yaml` library: `!Ref X` → `{ Ref: X }`, `!GetAtt A.Arn` → `{ Fn::GetAtt: [A, Arn] }`. */
export const cloudFormationTags: (ScalarTag | CollectionTag)[] = NAMES.flatMap((name) => {
  const key = name === 'Ref' ? 'Ref' : `Fn::${name}`
  const scalar: ScalarTag = {
    tag: `!${name}`,
    resolve: (text) => ({ [key]: name === 'GetAtt' ? splitAttribute(text) : text }),
  }
  const sequence: CollectionTag = {
    tag: `!${name}`,
    collection: 'seq',
    resolve: (node) => ({ [key]: (node as YAMLSeq).toJSON() }) as never,
  }
  return [scalar, sequence]
})

function splitAttribute(text: string): string[] {
  const dot = text.indexOf('.')
  return [text.slice(0, dot), text.slice(dot + 1)]
}

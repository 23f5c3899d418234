/** CloudFormation as plain data: the long form of YAML's short tags. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value | undefined }
export type Resources = Record<string, { Type: string; Properties?: Value; [attribute: string]: Value | undefined }>
export interface Template {
  AWSTemplateFormatVersion?: string
  Description?: string
  Parameters?: Record<string, { Type: string }>
  Metadata?: Record<string, Value>
  Outputs?: Record<string, Value>
  Resources: Resources
}

export const ref = (name: string) => ({ Ref: name })
export const sub = (text: string) => ({ 'Fn::Sub': text })
export const arnOf = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] })

export interface Statement {
  Sid?: string
  Action: string | string[]
  Resource: Value
  Condition?: Value
}

export const policyOf = (statements: Statement[]) => ({
  Version: '2012-10-17',
  Statement: statements.map(({ Sid, Action, Resource, Condition }) => ({
    ...(Sid === undefined ? {} : { Sid }),
    Effect: 'Allow',
    Action,
    Resource,
    ...(Condition === undefined ? {} : { Condition }),
  })),
})

/** The role with more statements in its own policy. */
export function withStatements(role: Resources[string], added: Statement[]): Resources[string] {
  const properties = role.Properties as unknown as { Policies: { PolicyDocument: { Statement: Statement[] } }[] }
  const [first, ...others] = properties.Policies
  if (!first) throw new Error('a role without a policy')
  const Statement = [...first.PolicyDocument.Statement, ...policyOf(added).Statement]
  const Policies = [{ ...first, PolicyDocument: { ...first.PolicyDocument, Statement } }, ...others]
  return { ...role, Properties: { ...properties, Policies } } as unknown as Resources[string]
}

/** A role that one AWS service may take, with one inline policy. */
export function roleFor(service: string, statements: Statement[]): Resources[string] {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: `${service}.amazonaws.com` }, Action: 'sts:AssumeRole' }],
      },
      Policies: [{ PolicyName: 'does-its-work', PolicyDocument: policyOf(statements) }],
    },
  }
}

/** `record-landings` and `online_retail` → `RecordLandings` and `OnlineRetail`. */
export const pascal = (name: string) => name.replace(/(^|[-_]+)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase())

import { CreateStateMachineCommand } from '@aws-sdk/client-sfn'
import { ACCOUNT_ID, REGION } from '../../aws/clients.ts'
import type { ResourcePolicy } from '../../iam/service-access.ts'
import type { Context, Made, ResourceType } from '../resource-type.ts'
import { TemplateError, type Value } from '../template.ts'

interface FunctionProperties {
  FunctionName?: string
  Handler: string
  Runtime: string
  Role: string
  Timeout?: number
  Code: { S3Key: string }
  Environment?: { Variables?: Record<string, string> }
  ReservedConcurrentExecutions?: number
}

async function lambdaFunction(properties: FunctionProperties, { id, generatedName, host, access }: Context): Promise<Made> {
  const name = properties.FunctionName ?? generatedName
  const arn = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${name}`
  access.assume(id, 'lambda.amazonaws.com', properties.Role)
  host.addFunction({
    name,
    arn,
    roleArn: properties.Role,
    handler: properties.Handler,
    runtime: properties.Runtime,
    codeKey: properties.Code.S3Key,
    timeoutSeconds: properties.Timeout ?? 3,
    environment: Object.fromEntries(Object.entries(properties.Environment?.Variables ?? {}).map(([key, value]) => [key, String(value)])),
    ...(properties.ReservedConcurrentExecutions !== undefined && { reservedConcurrency: properties.ReservedConcurrentExecutions }),
  })
  return { ref: name, attributes: { Arn: arn } }
}

interface MachineProperties {
  StateMachineName?: string
  RoleArn: string
  Definition?: Value
  DefinitionString?: string
  DefinitionSubstitutions?: Record<string, Value>
}

async function stateMachine(properties: MachineProperties, { id, clients, generatedName, access }: Context): Promise<Made> {
  const name = properties.StateMachineName ?? generatedName
  const text = properties.DefinitionString ?? JSON.stringify(properties.Definition ?? {})
  const substitutions = properties.DefinitionSubstitutions ?? {}
  const unused = new Set(Object.keys(substitutions))
  const definition = text.replace(/\$\{([A-Za-z0-9_]+)\}/g, (_, placeholder: string) => {
    const value = substitutions[placeholder]
    if (value === undefined)
      throw new TemplateError(`${id}: its definition uses \${${placeholder}}, which DefinitionSubstitutions does not define`)
    unused.delete(placeholder)
    return JSON.stringify(String(value)).slice(1, -1)
  })
  if (unused.size > 0)
    throw new TemplateError(`${id}: DefinitionSubstitutions has ${[...unused].join(', ')}, which its definition does not use`)
  access.assume(id, 'states.amazonaws.com', properties.RoleArn)
  const { stateMachineArn = '' } = await clients.sfn.send(new CreateStateMachineCommand({ name, definition, roleArn: properties.RoleArn }))
  return { ref: stateMachineArn, attributes: { Arn: stateMachineArn, Name: name } }
}

interface RoleProperties {
  RoleName?: string
  AssumeRolePolicyDocument: Value
  Policies?: { PolicyName: string; PolicyDocument: Value }[]
  ManagedPolicyArns?: string[]
}

async function role(properties: RoleProperties, { generatedName, host, access }: Context): Promise<Made> {
  const name = properties.RoleName ?? generatedName
  const arn = `arn:aws:iam::${ACCOUNT_ID}:role/${name}`
  access.allow(arn, properties.AssumeRolePolicyDocument as unknown as ResourcePolicy)
  host.addRole({
    name,
    arn,
    trust: properties.AssumeRolePolicyDocument,
    policies: (properties.Policies ?? []).map(({ PolicyName, PolicyDocument }) => ({ name: PolicyName, document: PolicyDocument })),
    managedPolicies: properties.ManagedPolicyArns ?? [],
  })
  return { ref: name, attributes: { Arn: arn, RoleId: name } }
}

async function logGroup(properties: { LogGroupName?: string }, { generatedName }: Context): Promise<Made> {
  const name = properties.LogGroupName ?? generatedName
  return { ref: name, attributes: { Arn: `arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group:${name}:*` } }
}

export const computeTypes = {
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::StepFunctions::StateMachine': stateMachine,
  'AWS::IAM::Role': role,
  // Logs of the laptop are files.
  'AWS::Logs::LogGroup': logGroup,
} as unknown as Record<string, ResourceType>

import { policyOf, type Resources, ref, type Statement, sub, type Value } from '../template/template.ts'
import type { Parameters } from './parameters.ts'

/** Puts the job's workers into a subnet; it needs a route to S3, Glue, KMS, CloudWatch Logs and Monitoring (endpoints or NAT). */
export function network({ subnetId, securityGroupIds, availabilityZone }: Parameters): Resources {
  if (subnetId === '') return {}
  const policy = policyOf(networkStatements(subnetId, securityGroupIds, '${NetworkConnection}'))
  return {
    NetworkConnection: {
      Type: 'AWS::Glue::Connection',
      Properties: {
        CatalogId: ref('AWS::AccountId'),
        ConnectionInput: {
          ConnectionType: 'NETWORK',
          ConnectionProperties: {},
          PhysicalConnectionRequirements: {
            SubnetId: subnetId,
            SecurityGroupIdList: securityGroupIds,
            AvailabilityZone: availabilityZone,
          },
        },
      },
    },
    NetworkPolicy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: 'works-in-the-subnet',
        Roles: [ref('CurateJobRole')],
        PolicyDocument: policy,
      },
    },
  }
}

export const jobConnections = ({ subnetId }: Parameters): Value => (subnetId === '' ? null : { Connections: [ref('NetworkConnection')] })

/** What a job asks that has a connection with a subnet. @param connection its name, or how Fn::Sub has it */
export function networkStatements(subnetId: string, securityGroupIds: string[], connection: string): Statement[] {
  const ec2 = (path: string) => sub(`arn:\${AWS::Partition}:ec2:\${AWS::Region}:\${AWS::AccountId}:${path}`)
  const glue = (path: string) => sub(`arn:\${AWS::Partition}:glue:\${AWS::Region}:\${AWS::AccountId}:${path}`)
  return [
    {
      Sid: 'LookAtTheNetwork',
      Action: [
        'ec2:DescribeSubnets',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeVpcEndpoints',
        'ec2:DescribeVpcAttribute',
        'ec2:DescribeRouteTables',
      ],
      Resource: '*',
    },
    {
      Sid: 'PlugIn',
      Action: ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:CreateTags'],
      Resource: [ec2('network-interface/*'), ec2(`subnet/${subnetId}`), ...securityGroupIds.map((id) => ec2(`security-group/${id}`))],
    },
    { Sid: 'ReadTheConnection', Action: 'glue:GetConnection', Resource: [glue('catalog'), glue(`connection/${connection}`)] },
  ]
}

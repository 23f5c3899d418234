import { z } from 'zod'
import { kmsKey } from './parts.ts'

const CLUSTER_ARN = /^arn:[\w-]+:kafka:[\w-]+:\d{12}:cluster\/[\w-]+\/[\w-]+$/
/** Lambda takes the ARN alone: https://docs.aws.amazon.com/lambda/latest/api/API_SourceAccessConfiguration.html */
const secretArn = z
  .string()
  .regex(/^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+$/, 'must be the ARN of a secret of Secrets Manager')

const network = z.strictObject({
  subnet_ids: z.array(z.string().regex(/^subnet-[0-9a-f]+$/, 'must be the id of a subnet')).min(1, 'must name at least one'),
  security_group_id: z.string().regex(/^sg-[0-9a-f]+$/, 'must be the id of a security group'),
})

/** How Lambda reaches the brokers of Kafka. */
export const kafkaConnection = z
  .strictObject({
    /** A cluster of MSK, in the account and region of the deployment. Without a secret the lander's role signs in, by IAM. */
    cluster: z.string().regex(CLUSTER_ARN, 'must be the ARN of a cluster of MSK').optional(),
    /** Other brokers. */
    bootstrap_servers: z
      .array(z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9.-]*:\d{1,5}$/, 'must be <host>:<port>'))
      .min(1, 'must name at least one')
      .max(10, 'can name 10 at most')
      .optional(),
    /** A JSON object with `username` and `password`. */
    secret: secretArn.optional(),
    /** How the secret signs in. MSK takes scram_512 alone. */
    auth: z.enum(['scram_512', 'scram_256', 'plain']).optional(),
    /** Of a secret that is encrypted with a key of your own; MSK wants one. */
    kms_key: kmsKey.optional(),
    /** With the certificate of an authority of your own, as `certificate`. */
    ca_secret: secretArn.optional(),
    /** Where Lambda reads from, when the brokers are in a VPC. That of a cluster of MSK it knows. */
    network: network.optional(),
  })
  .superRefine(({ cluster, bootstrap_servers: servers, secret, auth, kms_key, ca_secret, network: place }, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
    if (cluster !== undefined && servers !== undefined) refuse('bootstrap_servers', 'are those of the cluster; remove one of the two')
    if (cluster !== undefined && place) refuse('network', 'is that of the cluster, which Lambda knows; remove it')
    if (cluster !== undefined && ca_secret) refuse('ca_secret', 'is for brokers of your own; those of MSK have a public certificate')
    if (cluster !== undefined && auth !== undefined && auth !== 'scram_512')
      refuse('auth', 'must be scram_512 with a cluster of MSK, or be left out')
    if (servers && cluster === undefined && !secret && !place)
      refuse('secret', 'is missing; brokers that are reached without one must be in a VPC, so give a secret or a network')
    if (!secret && auth !== undefined) refuse('auth', 'is how the secret signs in, and there is none')
    if (!secret && !ca_secret && kms_key !== undefined) refuse('kms_key', 'is that of the secret, and there is none')
  })

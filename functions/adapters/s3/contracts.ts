import { S3Client } from '@aws-sdk/client-s3'
import type { Contract } from '../../domain/contract/contract.ts'
import { ConfigurationError } from '../../domain/errors.ts'
import type { Contracts } from '../../ports/contracts.ts'
import { s3ObjectStore } from './object-store.ts'

/** The contracts that were packaged with this deployment; their address holds a hash, so they are read once. */
export function s3Contracts(uri: string, client = new S3Client({})): Contracts {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? []
  let loading: Promise<Map<string, Contract>> | undefined
  const load = async () => {
    const text = await s3ObjectStore(bucket, client).getText(key)
    if (text === undefined) throw new ConfigurationError(`no contracts at ${uri}`)
    return new Map((JSON.parse(text) as Contract[]).map((contract) => [contract.dataset, contract]))
  }
  const contracts = () => {
    // A failed read is forgotten, so that the next call tries again.
    loading ??= load().catch((error) => {
      loading = undefined
      throw error
    })
    return loading
  }
  return {
    all: async () => [...(await contracts()).values()],
    find: async (dataset) => (await contracts()).get(dataset),
  }
}

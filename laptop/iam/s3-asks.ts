import type { Call } from './call.ts'
import type { Ask } from './policy.ts'

/** S3 names actions by what is done to what, not by operation. Requests are path-style. */
export function s3Asks({ method, path, headers, body }: Call): Ask[] | undefined {
  const { pathname, searchParams } = new URL(path, 'http://local')
  const [, bucket = '', ...rest] = pathname.split('/')
  const key = rest.map(decodeURIComponent).join('/')
  const onBucket = (action: string, context?: Record<string, string>): Ask[] => [
    { action: `s3:${action}`, resource: `arn:aws:s3:::${bucket}`, ...(context && { context }) },
  ]
  const onObject = (action: string, name = key): Ask => ({ action: `s3:${action}`, resource: `arn:aws:s3:::${bucket}/${name}` })

  if (key === '') {
    if (searchParams.has('location')) return onBucket('GetBucketLocation')
    if (searchParams.has('delete'))
      return [...body.matchAll(/<Key>(.*?)<\/Key>/gs)].map(([, name]) => onObject('DeleteObject', unescaped(name ?? '')))
    if (searchParams.has('uploads')) return onBucket('ListBucketMultipartUploads')
    if (method === 'GET') return onBucket('ListBucket', { 's3:prefix': searchParams.get('prefix') ?? '' })
    return method === 'HEAD' ? onBucket('ListBucket') : undefined
  }
  if (method === 'GET' && searchParams.has('uploadId')) return [onObject('ListMultipartUploadParts')]
  if (method === 'GET' || method === 'HEAD') return [onObject('GetObject')]
  if (method === 'DELETE') return [onObject(searchParams.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject')]
  const source = headers['x-amz-copy-source']
  const written = { ...onObject('PutObject'), ...(searchParams.has('uploadId') && { operation: 's3:UploadPart' }) }
  if (typeof source !== 'string') return [written]
  const copied = decodeURIComponent(source.replace(/^\//, '').replace(/\?versionId=.*$/, ''))
  return [{ action: 's3:GetObject', resource: `arn:aws:s3:::${copied}` }, written]
}

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" }
const unescaped = (text: string) =>
  text
    .replace(/&(?:amp|lt|gt|quot|apos);/g, (entity) => ENTITIES[entity] as string)
    .replace(/&#(x?)([0-9a-f]+);/gi, (_, hex, code) => String.fromCodePoint(Number.parseInt(code, hex ? 16 : 10)))

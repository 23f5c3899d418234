import type { AwsRequest } from './aws-request.ts'

export interface ServiceAnswer {
  status: number
  headers?: Record<string, string>
  body: string | Uint8Array
}

/** A service, or some operations of one, that runs in this process. */
export interface LocalService {
  claims(request: AwsRequest): boolean
  answer(request: AwsRequest): Promise<ServiceAnswer>
}

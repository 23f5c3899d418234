/** An error as a service answers it: `name` is the code that SDK clients see. */
export class AwsError extends Error {
  readonly status: number
  constructor(code: string, message: string, status = 400) {
    super(message)
    this.name = code
    this.status = status
  }
}

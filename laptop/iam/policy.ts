/** One statement of an identity policy, with every intrinsic function resolved. */
export interface Statement {
  Sid?: string
  Effect: 'Allow' | 'Deny'
  Action: string | string[]
  Resource: string | string[]
  Condition?: Record<string, Record<string, string | string[]>>
  /** Grants by what it does not name: no policy of ours does, and the laptop refuses it. */
  NotAction?: never
  NotResource?: never
}

/** What a call asks for. A call may ask for several things, and gets through when it may do all of them. */
export interface Ask {
  /** As IAM names it: `s3:GetObject`, `states:StartExecution`. */
  action: string
  /** The ARN acted upon; `*` where the service has none to name. */
  resource: string
  /** Condition keys that the request carries, such as `s3:prefix`. */
  context?: Record<string, string>
  /** Where one action covers several operations that differ to KMS: `s3:UploadPart` is an `s3:PutObject`. */
  operation?: string
}

/** The statement that allows what is asked; undefined when none does, or one denies it. */
export function judge(statements: Statement[], ask: Ask): Statement | undefined {
  const applying = statements.filter((statement) => applies(statement, ask))
  if (applying.some(({ Effect }) => Effect === 'Deny')) return undefined
  return applying.find(({ Effect }) => Effect === 'Allow')
}

function applies(statement: Statement, { action, resource, context = {} }: Ask): boolean {
  if ('NotAction' in statement || 'NotResource' in statement) throw new Error('the laptop does not know NotAction and NotResource')
  const { Action, Resource, Condition = {} } = statement
  const actions = [Action].flat()
  const resources = [Resource].flat()
  return (
    actions.some((pattern) => like(pattern.toLowerCase(), action.toLowerCase())) &&
    resources.some((pattern) => like(pattern, resource)) &&
    Object.entries(Condition).every(([operator, wanted]) =>
      Object.entries(wanted).every(([key, values]) => meets(operator, context[key], [values].flat())),
    )
  )
}

const OPERATORS: Record<string, (wanted: string, found: string) => boolean> = {
  StringEquals: (wanted, found) => wanted === found,
  StringLike: like,
  // These two are the same to IAM.
  ArnEquals: like,
  ArnLike: like,
  // A request carries no more than one value of a key here; a request with several leading keys asks for each.
  'ForAllValues:StringLike': like,
  Bool: (wanted, found) => String(wanted).toLowerCase() === found.toLowerCase(),
}

// A key that the request does not carry meets no condition but ForAllValues; an operator that no policy of ours uses is refused, not guessed.
function meets(operator: string, found: string | undefined, wanted: string[]): boolean {
  const holds = OPERATORS[operator]
  if (!holds) throw new Error(`the laptop does not know the condition operator ${operator}`)
  if (found === undefined) return operator.startsWith('ForAllValues:')
  return wanted.some((value) => holds(value, found))
}

const patterns = new Map<string, RegExp>()

/** IAM's wildcards: `*` for any text, `?` for one character. */
export function like(pattern: string, text: string): boolean {
  let compiled = patterns.get(pattern)
  if (!compiled) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
    compiled = new RegExp(`^${source}$`, 's')
    patterns.set(pattern, compiled)
  }
  return compiled.test(text)
}

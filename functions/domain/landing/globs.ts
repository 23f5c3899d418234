/**
 * `exclude` globs of a contract, as the job reads them too (sluice_etl/lake/globs.py); test/cases/globs.json holds both to one meaning.
 * A regular expression may try every way to part one long key among several `*`, which takes seconds. Here all ways are walked at once:
 * a key costs a step for each of its letters and each sign of the globs.
 */
type Takes = (letter: string) => boolean
type Token =
  | { kind: 'one' | 'many'; takes: Takes }
  | { kind: 'either'; choices: Token[][] }
  /** `**` as a whole folder: before a slash any folders or none, at the end all that is below. */
  | { kind: 'folders/' | '/folders' }

const anything: Takes = () => true
const inName: Takes = (letter) => letter !== '/'
const END = 0

/** Whether a path below the dataset's folder matches one of the globs (isExcludeGlob), whole. */
export function globMatcher(globs: readonly string[]): (path: string) => boolean {
  const automaton = new Automaton()
  const start = automaton.reached(globs.map((glob) => automaton.sequence(tokensOf([...glob]), END)))
  return (path) => {
    let states = start
    for (const letter of path) {
      states = automaton.step(states, letter)
      if (states.size === 0) return false
    }
    return states.has(END)
  }
}

class Automaton {
  /** By state: the letters it takes, and the state they lead to. */
  private readonly steps: ({ takes: Takes; to: number } | undefined)[] = [undefined]
  /** By state: where it leads without a letter. */
  private readonly free: number[][] = [[]]

  step(states: Set<number>, letter: string): Set<number> {
    const next: number[] = []
    for (const state of states) {
      const step = this.steps[state]
      if (step?.takes(letter)) next.push(step.to)
    }
    return this.reached(next)
  }

  reached(states: number[]): Set<number> {
    const found = new Set<number>()
    for (const ahead = [...states]; ahead.length > 0; ) {
      const state = ahead.pop() as number
      if (found.has(state)) continue
      found.add(state)
      ahead.push(...(this.free[state] ?? []))
    }
    return found
  }

  /** The state from which the tokens lead to `after`. */
  sequence(tokens: Token[], after: number): number {
    return tokens.reduceRight((to, token) => {
      switch (token.kind) {
        case 'one':
          return this.state({ takes: token.takes, to }, [])
        case 'many':
          return this.loop(token.takes, to)
        case 'either':
          return this.state(
            undefined,
            token.choices.map((choice) => this.sequence(choice, to)),
          )
        case 'folders/':
          return this.state(undefined, [to, this.loop(anything, this.slash(to))])
        case '/folders':
          return this.state(undefined, [to, this.slash(this.loop(anything, to))])
      }
      return to
    }, after)
  }

  private slash = (to: number) => this.state({ takes: (letter) => letter === '/', to }, [])

  private loop(takes: Takes, after: number): number {
    const state = this.state(undefined, [after])
    this.steps[state] = { takes, to: state }
    return state
  }

  private state(step: { takes: Takes; to: number } | undefined, free: number[]): number {
    this.steps.push(step)
    this.free.push(free)
    return this.steps.length - 1
  }
}

function tokensOf(glob: string[]): Token[] {
  const whole: Token[] = []
  let into = whole
  const open: { outer: Token[]; choices: Token[][] }[] = []
  for (let at = 0; at < glob.length; ) {
    const here = glob[at] as string
    const rest = glob.slice(at, at + 4).join('')
    const brace = open.at(-1)
    if (rest.startsWith('**/')) {
      into.push({ kind: 'folders/' })
      at += 3
    } else if (rest === '/**') {
      into.push({ kind: '/folders' })
      at += 3
    } else if (rest.startsWith('**')) {
      into.push({ kind: 'many', takes: anything })
      at += 2
    } else if (here === '[') {
      const end = glob.indexOf(']', at + 2)
      into.push({ kind: 'one', takes: anyOf(glob.slice(at + 1, end).join('')) })
      at = end + 1
    } else if (here === '{') {
      open.push({ outer: into, choices: [[]] })
      into = open.at(-1)?.choices[0] as Token[]
      at += 1
    } else if (here === ',' && brace) {
      into = []
      brace.choices.push(into)
      at += 1
    } else if (here === '}' && brace) {
      open.pop()
      into = brace.outer
      into.push({ kind: 'either', choices: brace.choices })
      at += 1
    } else {
      const escaped = here === '\\' && at + 1 < glob.length
      into.push(escaped ? letter(glob[at + 1] as string) : signOf(here))
      at += escaped ? 2 : 1
    }
  }
  return whole
}

const letter = (wanted: string): Token => ({ kind: 'one', takes: (found) => found === wanted })

function signOf(sign: string): Token {
  if (sign === '*') return { kind: 'many', takes: inName }
  return sign === '?' ? { kind: 'one', takes: inName } : letter(sign)
}

/** `abc`, `a-z` or `^abc`, which takes no slash either. */
function anyOf(letters: string): Takes {
  const pattern = new RegExp(`^[${letters}]$`, 'su')
  return (found) => found !== '/' && pattern.test(found)
}

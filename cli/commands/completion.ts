import { Command, type Option } from 'commander'
import { terminal } from '../terminal.ts'

/** @param wholeProgram the tree of all commands, which loads them all */
export function completionCommand(wholeProgram: () => Promise<Command>): Command {
  return new Command('completion')
    .description('print a script that completes commands and options in your shell')
    .argument('<shell>', 'bash or zsh')
    .addHelpText('after', '\nExamples:\n  source <(npx sluice completion bash)\n  source <(npx sluice completion zsh)')
    .addHelpText('after', '\nExit codes: 0 success, 2 an unknown shell.')
    .action(async (shell: string, _options: unknown, command: Command) => {
      if (shell !== 'bash' && shell !== 'zsh') command.error(`error: no completion for ${shell}; give bash or zsh`)
      const script = completionScript(await wholeProgram())
      terminal.print(shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${script}` : script)
    })
}

/** Words by what was typed before them; made from the commands themselves. */
export function completionScript(program: Command): string {
  const cases = [...paths(program)].map(([path, words]) => `    ${JSON.stringify(path)}) words=${JSON.stringify(words.join(' '))} ;;`)
  return `_sluice() {
  local path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [[ "$word" == -* ]] || path="$path $word"; done
  case "\${path# }" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -F _sluice sluice`
}

function* paths(command: Command, before: string[] = []): Iterable<[string, string[]]> {
  const options = command.options.map((option: Option) => option.long ?? option.short ?? '')
  yield [before.join(' '), [...command.commands.map((child) => child.name()), ...options, '--help']]
  for (const child of command.commands) yield* paths(child, [...before, child.name()])
}

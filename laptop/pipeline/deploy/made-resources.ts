import type { Stack } from '../../cloudformation/provision.ts'

/** What `Ref` gives of a resource. @throws Error when the template has none of that id */
export function refOf(stack: Stack, id: string): string {
  const made = stack.made.get(id)
  if (!made) throw new Error(`The packaged template has no resource ${id}`)
  return made.ref
}

import { type Resource, type Template, TemplateError, type Value } from './template.ts'

/** Ids of the resources that a value names by Ref, GetAtt, Sub or If. Conditions name parameters only. */
export function referencedNames(value: Value): Set<string> {
  const names = new Set<string>()
  collect(value, names)
  return names
}

function collect(value: Value, names: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, names)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return
  for (const [key, part] of Object.entries(value)) {
    if (key === 'Ref' && typeof part === 'string') names.add(part)
    else if (key === 'Fn::GetAtt') names.add(String(Array.isArray(part) ? part[0] : String(part).split('.')[0]))
    else if (key === 'Fn::Sub') {
      const [template, variables = {}] = Array.isArray(part) ? part : [part]
      for (const [, name = ''] of String(template).matchAll(/\$\{([^!}][^}]*)\}/g)) names.add(name.split('.')[0]?.trim() ?? '')
      collect(variables, names)
    } else collect(part, names)
  }
}

/** What each resource waits for. Refuses circles, as CloudFormation does; packaging does not notice them. */
export function dependencies(template: Template): Map<string, string[]> {
  const graph = new Map<string, string[]>()
  for (const [id, resource] of Object.entries(template.Resources)) {
    const named = [...referencedNames((resource.Properties ?? {}) as Value), ...[resource.DependsOn ?? []].flat()]
    graph.set(
      id,
      named.filter((name) => name in template.Resources),
    )
    for (const name of [resource.DependsOn ?? []].flat()) {
      if (!(name in template.Resources)) throw new TemplateError(`${id} depends on ${name}, which is not a resource`)
    }
  }
  refuseCircles(graph, template.Resources)
  return graph
}

function refuseCircles(graph: Map<string, string[]>, resources: Record<string, Resource>): void {
  const done = new Set<string>()
  const visit = (id: string, path: string[]): void => {
    if (done.has(id)) return
    const at = path.indexOf(id)
    if (at >= 0) {
      const circle = [...path.slice(at), id].map((name) => `${name} (${resources[name]?.Type})`)
      throw new TemplateError(`Circular dependency: ${circle.join(' → ')}`)
    }
    for (const next of graph.get(id) ?? []) visit(next, [...path, id])
    done.add(id)
  }
  for (const id of graph.keys()) visit(id, [])
}

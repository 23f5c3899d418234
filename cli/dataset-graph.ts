/** A dataset, and those that it is made of. */
export interface Node {
  dataset: string
  sources: string[]
}

/** Boxes of one size, from files on the left to gold on the right, and a line from each to what is made of it. */
export interface Drawing {
  width: number
  height: number
  /** Top left corner of each dataset's box. */
  places: Map<string, { x: number; y: number }>
  lines: { from: string; to: string; path: string }[]
}

export const BOX = { width: 210, height: 48 }
const GAP = { x: 70, y: 18 }

export function drawGraph(nodes: Node[]): Drawing {
  const depths = depthsOf(nodes)
  const rows = new Map<number, number>()
  const places: Drawing['places'] = new Map()
  for (const { dataset } of nodes) {
    const depth = depths.get(dataset) ?? 0
    const row = rows.get(depth) ?? 0
    rows.set(depth, row + 1)
    places.set(dataset, { x: 2 + depth * (BOX.width + GAP.x), y: 2 + row * (BOX.height + GAP.y) })
  }
  const lines = nodes.flatMap(({ dataset, sources }) =>
    sources.flatMap((source) => {
      const [from, to] = [places.get(source), places.get(dataset)]
      if (!from || !to) return []
      const [x1, y1, x2, y2] = [from.x + BOX.width, from.y + BOX.height / 2, to.x, to.y + BOX.height / 2]
      const half = (x1 + x2) / 2
      return [{ from: source, to: dataset, path: `M ${x1} ${y1} C ${half} ${y1}, ${half} ${y2}, ${x2} ${y2}` }]
    }),
  )
  return {
    width: 4 + Math.max(0, ...depths.values()) * (BOX.width + GAP.x) + BOX.width,
    height: 4 + Math.max(1, ...rows.values()) * (BOX.height + GAP.y) - GAP.y,
    places,
    lines,
  }
}

/** How many steps a dataset is away from files. Contracts have no circle. */
function depthsOf(nodes: Node[]): Map<string, number> {
  const sources = new Map(nodes.map((node) => [node.dataset, node.sources]))
  const depths = new Map<string, number>()
  const depthOf = (dataset: string): number => {
    const known = depths.get(dataset)
    if (known !== undefined) return known
    const of = (sources.get(dataset) ?? []).filter((source) => sources.has(source))
    const depth = Math.max(-1, ...of.map(depthOf)) + 1
    depths.set(dataset, depth)
    return depth
  }
  for (const dataset of sources.keys()) depthOf(dataset)
  return depths
}

/**
 * Words that Glue's filter of partitions cannot take for the name of a key. Glue parses the filter with JSQLParser
 * (https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html), which keeps these for itself
 * (https://jsqlparser.github.io/JSqlParser/keywords.html). KEY is not in that list, and Glue refuses it all the same
 * (https://github.com/trinodb/trino/pull/11512).
 */
const WORDS = `
  absent all and any as between both casewhen check connect connect_by_root constraint create cross csv current default distinct distinctrow
  double else errors except excludes exists extend false fbv fetch file final for force foreign from full global group grouping having if
  ignore iif ilike import in includes inner intersect interval into is join key lateral left like limit minus natural nocycle not null offset
  on only optimize or order outer output pivot prior procedure public qualify recursive regexp returning right sel select semi set some
  sql_cache sql_calc_found_rows sql_no_cache start straight_join tables top trailing true unbounded union unique unknown unpivot use using
  value values varying when where window with xor xmlserialize`

const words = new Set(WORDS.trim().split(/\s+/))

export const isFilterWord = (name: string) => words.has(name.toLowerCase())

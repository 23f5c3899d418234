import { arnOf, type Resources, ref, type Value } from '../template/template.ts'

/**
 * Role → what it does with tables; Lake Formation asks this beside IAM. Functions look things up, and some register and remove partitions.
 * AWS lists what ALTER, INSERT and DELETE of a table allow, but not which one BatchDeletePartition asks for: who removes partitions has all three.
 */
const TABLE_WORK: Record<string, string[]> = {
  CurateJobRole: ['DESCRIBE', 'SELECT', 'INSERT', 'ALTER', 'DELETE'],
  QualityRole: ['DESCRIBE', 'SELECT'],
}

/** What the roles of the main stack do with tables, granted in Lake Formation too. */
export function lakeFormation(functionRoles: Resources): Resources {
  const looking = Object.entries(functionRoles)
    .map(([id, role]) => [id, JSON.stringify(role)] as const)
    .filter(([, role]) => role.includes(':table/'))
    .map(([id, role]) => {
      const changes = /glue:Batch(Create|Delete)Partition/.test(role) ? ['INSERT', 'ALTER'] : []
      const removals = role.includes('glue:BatchDeletePartition') ? ['DELETE'] : []
      return [id, ['DESCRIBE', ...changes, ...removals]] as const
    })
  return Object.fromEntries(
    [...Object.entries(TABLE_WORK), ...looking].flatMap(([role, permissions]) => [
      [
        `${role}OnDatabase`,
        grant(arnOf(role), { Database: { CatalogId: ref('AWS::AccountId'), Name: ref('GlueDatabase') } }, ['DESCRIBE']),
      ],
      [`${role}OnTables`, grant(arnOf(role), everyTable, permissions)],
    ]),
  )
}

const everyTable = { Table: { CatalogId: ref('AWS::AccountId'), DatabaseName: ref('GlueDatabase'), TableWildcard: {} } }

/** The same for a crawler of a dataset's stack. */
export function crawlerGrants(role: string, tables: string[]): Resources {
  const CatalogId = ref('AWS::AccountId')
  const DatabaseName = ref('DatabaseName')
  return {
    [`${role}OnDatabase`]: grant(arnOf(role), { Database: { CatalogId, Name: DatabaseName } }, ['DESCRIBE']),
    ...Object.fromEntries(
      tables.map((Name, index) => [
        `${role}OnTable${index + 1}`,
        grant(arnOf(role), { Table: { CatalogId, DatabaseName, Name } }, ['DESCRIBE', 'ALTER', 'INSERT']),
      ]),
    ),
  }
}

function grant(principal: Value, resource: Value, permissions: readonly string[]): Resources[string] {
  return {
    Type: 'AWS::LakeFormation::PrincipalPermissions',
    Properties: {
      Principal: { DataLakePrincipalIdentifier: principal },
      Resource: resource,
      Permissions: [...permissions],
      PermissionsWithGrantOption: [],
    },
  }
}

export function billOfMaterials(): {
  bomFormat: string
  specVersion: string
  components: { 'bom-ref': string; name: string; version: string; purl: string; hashes?: { alg: string; content: string }[] }[]
}

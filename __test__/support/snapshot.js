'use strict'

/** A snapshot of three nodes as V8 writes it, in which a test can change what it likes. */

const META = {
  node_fields: ['type', 'name', 'id', 'self_size', 'edge_count', 'trace_node_id', 'detachedness'],
  node_types: [['synthetic', 'object', 'string'], 'string', 'number', 'number', 'number'],
  edge_fields: ['type', 'name_or_index', 'to_node'],
  edge_types: [['property', 'element'], 'string_or_number', 'node'],
  trace_function_info_fields: [],
  trace_node_fields: [],
  sample_fields: [],
  location_fields: ['object_index', 'script_id', 'line', 'column']
}

/** The text of a snapshot: root → App → a string. */
function tinySnapshot({ className = 'App', property = 'text' } = {}) {
  return `{"snapshot":{"meta":${JSON.stringify(META)},"node_count":3,"edge_count":2,"trace_function_count":0},
"nodes":[0,0,1,0,1,0,0
,1,1,3,16,1,0,0
,2,3,5,24,0,0,0],
"edges":[0,1,7
,0,2,14],
"trace_function_infos":[],
"trace_tree":[],
"samples":[],
"locations":[7,1,2,3],
"strings":["",${JSON.stringify(className)},${JSON.stringify(property)},"content"]}
`
}

module.exports = { META, tinySnapshot }

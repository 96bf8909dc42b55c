// Takes the place of the SDK's own shims, so that the bundle has no validator of JSON schemas: the server only needs one for
// forms that it would have a client fill in.
export { default as process } from 'node:process'

export class DefaultJsonSchemaValidator {
  getValidator() {
    throw new Error('seep asks for no forms')
  }
}

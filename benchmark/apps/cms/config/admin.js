'use strict'

module.exports = {
  auth: { secret: 'a-secret' },
  apiToken: { salt: 'a-salt' },
  transfer: { token: { salt: 'a-salt' } },
  secrets: { encryptionKey: 'a-key-of-32-letters-for-the-admin' },
  flags: { nps: false, promoteEE: false }
}

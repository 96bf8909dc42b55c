'use strict'

const { createStrapi } = require('@strapi/strapi')

createStrapi({
  appDir: __dirname,
  distDir: __dirname,
  autoReload: false,
  serveAdminPanel: false
}).start()

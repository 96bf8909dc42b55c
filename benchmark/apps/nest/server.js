'use strict'

// Plain JavaScript: what a compiler makes of decorators is written out.
require('reflect-metadata')
const {
  Controller,
  Get,
  Injectable,
  Module,
  NotFoundException,
  Body,
  Param,
  Put,
  Query,
  StreamableFile
} = require('@nestjs/common')
const { APP_INTERCEPTOR, NestFactory } = require('@nestjs/core')
const { InjectRepository, TypeOrmModule } = require('@nestjs/typeorm')
const sharp = require('sharp')
const { EntitySchema, MoreThan } = require('typeorm')

const USERS = 200

const User = new EntitySchema({
  name: 'User',
  columns: {
    id: { type: 'integer', primary: true, generated: true },
    name: { type: 'text' },
    mail: { type: 'text' }
  }
})

function decorate(target, decorators, types = []) {
  Reflect.defineMetadata('design:paramtypes', types, target)
  for (const decorator of decorators) decorator(target)
  return target
}

function route(target, name, decorator, ...parameters) {
  parameters.forEach((parameter, index) => {
    parameter(target.prototype, name, index)
  })
  decorator(target.prototype, name, Object.getOwnPropertyDescriptor(target.prototype, name))
}

class AuditRecord {
  constructor(method, url) {
    this.method = method
    this.url = url
    this.at = new Date()
    this.steps = Array.from({ length: 25 }, (_, step) => ({ step, took: Math.random() }))
  }
}

class AuditService {
  count = 0
  records = []

  note(method, url) {
    this.count += 1
    if (globalThis.keepsRecords) this.records.push(new AuditRecord(method, url))
  }
}
decorate(AuditService, [Injectable()])

class AuditInterceptor {
  constructor(audit) {
    this.audit = audit
  }

  intercept(context, next) {
    const { method, url } = context.switchToHttp().getRequest()
    this.audit.note(method, url)
    return next.handle()
  }
}
decorate(AuditInterceptor, [Injectable()], [AuditService])

class UserService {
  constructor(users) {
    this.users = users
  }

  async onModuleInit() {
    const made = Array.from({ length: USERS }, (_, i) => ({
      name: `User ${i}`,
      mail: `${i}@example.org`
    }))
    await this.users.save(made, { chunk: 50 })
  }

  async find(id) {
    const user = await this.users.findOneBy({ id })
    if (user === null) throw new NotFoundException()
    return user
  }

  async rename(id, name) {
    return this.users.save({ ...(await this.find(id)), name })
  }

  list(from) {
    return this.users.find({ where: { id: MoreThan(from) }, order: { id: 'ASC' }, take: 20 })
  }

  async picture(id, size) {
    const { name } = await this.find(id)
    const color = { r: name.length * 9, g: (id * 7) % 255, b: 90 }
    return sharp({ create: { width: size, height: size, channels: 3, background: color } })
      .png()
      .toBuffer()
  }
}
InjectRepository(User)(UserService, undefined, 0)
decorate(UserService, [Injectable()], [Object])

class UserController {
  constructor(users) {
    this.users = users
  }

  list(from) {
    return this.users.list(Number(from))
  }

  find(id) {
    return this.users.find(Number(id))
  }

  rename(id, body) {
    return this.users.rename(Number(id), body.name)
  }

  async picture(id, size) {
    return new StreamableFile(await this.users.picture(Number(id), Number(size)), {
      type: 'image/png'
    })
  }
}
route(UserController, 'list', Get(), Query('from'))
route(UserController, 'find', Get(':id'), Param('id'))
route(UserController, 'rename', Put(':id'), Param('id'), Body())
route(UserController, 'picture', Get(':id/picture'), Param('id'), Query('size'))
decorate(UserController, [Controller('users')], [UserService])

class AppModule {}
const database = TypeOrmModule.forRoot({ type: 'sqljs', entities: [User], synchronize: true })
decorate(AppModule, [
  Module({
    imports: [database, TypeOrmModule.forFeature([User])],
    controllers: [UserController],
    providers: [UserService, AuditService, { provide: APP_INTERCEPTOR, useClass: AuditInterceptor }]
  })
])

async function main() {
  const app = await NestFactory.create(AppModule, { logger: ['error'] })
  app.enableShutdownHooks()
  await app.listen(process.argv[2], '127.0.0.1')
}

main()

import { fastifyFramework } from './frameworks/fastify.ts'
import { doorSuite } from './suite.ts'

doorSuite(fastifyFramework)

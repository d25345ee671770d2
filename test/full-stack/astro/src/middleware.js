import { session } from './session.js'

export const onRequest = ({ request, isPrerendered }, next) =>
  isPrerendered ? next() : session.run(request, next)

import { route } from '@react-router/dev/routes'

export default [
  ...['add', 'login', 'logout', 'fails', 'page', 'who'].map(name => route(name, `routes/${name}.jsx`)),
  route('parallel', 'routes/outer.jsx', [route('a', 'routes/middle.jsx', [route('b', 'routes/inner.jsx')])]),
]

export const USAGE = `latchkey bench: which compression, at which level and from which size?

It measures every library on sessions and recommends one for the fastest
request, one for the least memory, and one balanced between the two.

  latchkey bench [options]

Sessions (built-in shops, unless one of these is given)
  --redis URL       your own sessions: redis://, rediss:// or unix:///path.
                    Reads only; ids and contents are neither shown nor kept.
                    User, password and TLS may also come from the environment
                    (LATCHKEY_REDIS_PASSWORD ...), as for the handler
  --sample N        how many of them, taken at random (1000)
  --prefix P        what their keys begin with (sess_)
  --dir DIR         a folder of files, each the payload of a session
  --any             also accept data that does not look like a session
  --seed N          other built-in shops, another sample (1)

Network (measured with --redis; else 0.5 ms and 1000 Mbit/s are assumed)
  --rtt MS          milliseconds of a round trip to Redis; --dir needs it
  --mbit N          Mbit/s between the shop and Redis

Output
  --json            everything that was measured, as JSON on stdout
  --html FILE       a page with charts, which needs nothing else
  --write FILE      puts a recommendation into this config.json, and leaves
                    the rest of the file as it is
  --choose WHICH    the one to write: fastest, smallest or balanced (balanced)

  --quick           about 5 seconds instead of 30, and less exact
  -h, --help        this text
  -v, --version     the version
`

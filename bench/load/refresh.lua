-- Refreshes sessions for as long as the run takes. Each refresh token is used once and answered with its successor, so each
-- thread has one connection and one session: the file (argument after `--`) has a refresh token on each line, and the last
-- ones are written to the same name with .next behind it, for the next run.

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(arguments)
  file = arguments[1]
  local lines = {}
  for line in io.lines(file) do
    table.insert(lines, line)
  end
  token = lines[number + 1]
end

function request()
  local headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }
  return wrk.format("POST", nil, headers, "grant_type=refresh_token&refresh_token=" .. token)
end

function response(status, headers, body)
  token = body:match('"refresh_token":"([^"]*)"') or token
end

function done(summary, latency)
  local errors = summary.errors
  local out = io.open(threads[1]:get("file") .. ".next", "w")
  for _, thread in ipairs(threads) do
    out:write(thread:get("token"), "\n")
  end
  out:close()
  io.write(string.format(
    '\n{"seconds": %f, "requests": %d, "p50": %f, "p99": %f, "errors": %d}\n',
    summary.duration / 1e6, summary.requests, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status
  ))
end

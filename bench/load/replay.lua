-- Sends the requests of a file (arguments after `--`: the file, and a number that no other run has), one on each line:
-- method, path, headers and body, with tabs between them. `{n}` in path or body becomes a number that is never used twice.
-- Threads begin at different lines. At the end one line of JSON tells what was measured.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local templates, ready, at, count = {}, {}, 0, 0
local run

local function headers_of(text)
  local headers = {}
  for name, value in text:gmatch("%s*([^:;]+): ([^;]+)") do
    headers[name] = value
  end
  return headers
end

function init(arguments)
  run = arguments[2]
  for line in io.lines(arguments[1]) do
    local method, path, headers, body = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    table.insert(templates, { method, path, headers_of(headers), body ~= "" and body or nil })
  end
  for index, template in ipairs(templates) do
    local method, path, headers, body = unpack(template)
    if not (path .. (body or "")):find("{n}", 1, true) then
      ready[index] = wrk.format(method, path, headers, body)
    end
  end
  at = number * 977
end

function request()
  at = at + 1
  local index = at % #templates + 1
  if ready[index] then
    return ready[index]
  end
  count = count + 1
  local n = run .. string.char(97 + number) .. count
  local method, path, headers, body = unpack(templates[index])
  return wrk.format(method, (path:gsub("{n}", n)), headers, body and (body:gsub("{n}", n)))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"seconds": %f, "requests": %d, "p50": %f, "p99": %f, "errors": %d}\n',
    summary.duration / 1e6, summary.requests, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status
  ))
end

-- What wrk sends: the IPP request in the file that is its first argument, again and again over each connection.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/ipp"

function init(args)
   local file = assert(io.open(args[1], "rb"))
   wrk.body = file:read("*a")
   file:close()
end

function done(summary, latency, requests)
   local bad = summary.errors
   io.write(string.format('{"requests": %d, "dropped": %d}\n', summary.requests,
      bad.connect + bad.read + bad.write + bad.status + bad.timeout))
end

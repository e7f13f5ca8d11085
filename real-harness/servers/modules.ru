# A server that loads many libraries and then answers: the ruby application of gVisor's start-up and density benchmarks, as far as
# Debian has its libraries. squid is prawn with activesupport, activemerchant is activesupport with builder and nokogiri; the driver
# of cassandra and ruby-fann are missing.
require "sinatra/base"
%w[puma redis rake prawn active_support/all builder nokogiri rbnacl bcrypt].each { |name| require name }

class Page < Sinatra::Base
  get("/") { "Hello World!" }
end

run Page

# A page of five strings that redis holds: the server that gVisor's performance guide calls a simple ruby web service.
require "erb"
require "redis"
require "securerandom"
require "sinatra/base"

STORE = Redis.new(host: ENV["host"])
100.times { |key| STORE.set(key, SecureRandom.alphanumeric(1024)) }
PAGE = ERB.new("<!DOCTYPE html>\n<html>\n<body>\n<% text.each do |t| %><p><%= t %></p>\n<% end %></body>\n</html>\n")

class Page < Sinatra::Base
  get "/" do
    PAGE.result_with_hash(text: Array.new(5) { STORE.get(rand(100)) })
  end
end

run Page

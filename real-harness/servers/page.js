// A page of four strings that redis holds: the server that gVisor's performance guide calls a simple node web service.
const express = require('express'), redis = require('redis'), crypto = require('crypto');
const client = redis.createClient({host: process.argv[2], detect_buffers: true});
for (let key = 0; key < 100; key++) client.set(key, crypto.randomBytes(512).toString('hex'));
const app = express();
app.set('views', __dirname);
app.set('view engine', 'hbs');
app.get('/', (request, response) => {
  const text = [];
  for (let i = 0; i < 4; i++)
    client.get(Math.floor(Math.random() * 100), (error, value) => text.push(value.toString()));
  response.render('page', {text});
});
app.listen(8080);

// A server that loads many modules and then answers: the node application of gVisor's start-up and density benchmarks.
for (const name of ['async', 'bluebird', 'firebase', 'firebase-admin', '@google-cloud/container', '@google-cloud/logging',
  '@google-cloud/monitoring', '@google-cloud/spanner', 'lodash', 'mailgun-js', 'request']) require(name);
const app = require('express')();
app.get('/', (request, response) => response.send('Hello World!'));
app.listen(8080);

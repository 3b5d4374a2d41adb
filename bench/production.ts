// Import it before everything else. As in the container: GraphQL.js checks every value of every field otherwise, which takes a quarter
// of its time.
process.env['NODE_ENV'] ??= 'production';

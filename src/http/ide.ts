export const ALTAIR_PATH = '/altair';

/** What an IDE shows first: it answers on every collection, and shows the main thing. */
export const FIRST_OPERATION = `# Pictograph finds images by what words say. Run it, then change the words.
query Find($text: String!) {
  search(query: { text: $text }, first: 5) {
    edges {
      rank
      similarity
      node {
        title
        filename
        thumbnailUrl
      }
    }
    plan {
      strategy
      candidates
      encodeMs
      databaseMs
    }
  }
}
`;

/** Apollo's page brings its own policy for what it loads from Apollo's servers. */
export const LANDING_PAGE_POLICY = "frame-ancestors 'none'; object-src 'none'; base-uri 'self'";

import { straightFetch } from "./straight-fetch.ts";

const maxErrorBytes = 256 * 1024;

/**
 * {@link straightFetch}, with the bodies of errors cut at 256 KiB: SDKs read those whole before an adapter sees them, and a proxy's
 * error can have any size. Good answers pass as they are; adapters have their own limit for them.
 */
export const boundedFetch: typeof fetch = async (input, init) => {
  const response = await straightFetch(input, init);
  if (response.ok || response.body === null) return response;
  let left = maxErrorBytes;
  const cut = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      controller.enqueue(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) controller.terminate();
    },
  });
  const { status, headers } = response;
  return new Response(response.body.pipeThrough(cut), { status, headers });
};

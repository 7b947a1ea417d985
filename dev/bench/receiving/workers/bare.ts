/** Row a: what a Worker costs that reads a body and answers, and does nothing else. The measure for row b. */

const RECEIPT = { deliveryId: '00000000-0000-4000-8000-000000000000', status: 'accepted' };

export default {
  async fetch(request: Request): Promise<Response> {
    await request.arrayBuffer();
    return Response.json(RECEIPT, { status: 202 });
  },
};

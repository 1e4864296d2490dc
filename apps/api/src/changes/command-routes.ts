import type { CommandName } from '#libs/orders';

interface CommandRoute {
  /** Below `/v1/orders/:orderId`. It names `:shipmentId` or `:returnId` where the command is about one of them. */
  path: string;
  summary: string;
}

/**
 * The route of each command. A command's name is also its operation in `/openapi.json` and the permission that it needs
 * (`PERMISSIONS`); `CHANGE_REQUESTS` has the class of its body.
 */
export const COMMAND_ROUTES: Record<CommandName, CommandRoute> = {
  approveOrder: { path: 'approval', summary: 'Approve a wholesale order that awaits it' },
  rejectOrder: { path: 'rejection', summary: 'Reject a wholesale order that awaits approval' },
  cancelOrder: { path: 'cancellation', summary: 'Cancel an order, or the rest of one that is partly shipped' },
  startFulfillment: { path: 'fulfillment', summary: 'Start to pack an order' },
  createShipment: { path: 'shipments', summary: 'Ship an order, or a part of it' },
  deliverShipment: { path: 'shipments/:shipmentId/delivery', summary: 'Report that a shipment was delivered' },
  requestReturn: { path: 'returns', summary: 'Request a return of shipped goods' },
  approveReturn: { path: 'returns/:returnId/approval', summary: 'Approve a requested return' },
  declineReturn: { path: 'returns/:returnId/decline', summary: 'Decline a requested return' },
  receiveReturn: { path: 'returns/:returnId/receipt', summary: 'Report that the goods of a return are back' },
  closeReturn: { path: 'returns/:returnId/closure', summary: 'Close a return with a credit note' },
};

import type { CommandName } from '#libs/orders';

interface CommandRoute {
  /** Below `/v1/orders/:orderId`. It names `:shipmentId` or `:returnId` where the command is about one of them. */
  path: string;
  summary: string;
}

/**
 * The route of each command. A command's name is also its operation in `/openapi.json` and the permission that it needs
 * (`PERMISSIONS`); what comes with it is in `CHANGE_REQUESTS`.
 */
export const COMMAND_ROUTES: Record<CommandName, CommandRoute> = {
  approveOrder: { path: 'approval', summary: 'Approve a wholesale order that awaits it' },
  rejectOrder: { path: 'rejection', summary: 'Reject a wholesale order that awaits approval' },
  cancelOrder: { path: 'cancellation', summary: 'Cancel an order of which nothing has shipped' },
  startFulfillment: { path: 'fulfillment', summary: 'Begin to pack an order' },
  createShipment: { path: 'shipments', summary: 'Ship an order, or a part of it' },
  deliverShipment: { path: 'shipments/:shipmentId/delivery', summary: 'Say that a shipment was delivered' },
  requestReturn: { path: 'returns', summary: 'Ask to send back what was shipped' },
  approveReturn: { path: 'returns/:returnId/approval', summary: 'Approve a return that was asked for' },
  declineReturn: { path: 'returns/:returnId/decline', summary: 'Decline a return that was asked for' },
  receiveReturn: { path: 'returns/:returnId/receipt', summary: 'Say that the goods of a return are back' },
  closeReturn: { path: 'returns/:returnId/closure', summary: 'Close a return with a credit note' },
};

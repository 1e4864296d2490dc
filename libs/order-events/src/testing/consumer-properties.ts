import fc from 'fast-check';
import {
  anyDeliveries,
  deliverAll,
  deliverInOrder,
  fifoDeliveries,
  LAST_VERSION,
  type NotingService,
  ONCE_IN_ORDER,
} from './deliveries.ts';

type NewService<Transaction> = () => NotingService<Transaction> | Promise<NotingService<Transaction>>;

/** Any interleaving of deliveries, repetitions and crashes leaves each order at its last version, never going back. */
export const endsAtTheLastVersion = <Transaction>(newService: NewService<Transaction>) =>
  fc.asyncProperty(anyDeliveries, fc.scheduler(), async (deliveries, scheduler) => {
    const service = await newService();
    await scheduler.waitFor(deliverAll(deliveries, service, () => scheduler.schedule(Promise.resolve())));
    for (const versions of Object.values(await service.noted())) {
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
      expect(versions.at(-1)).toBe(LAST_VERSION);
    }
  });

/** With first deliveries in order, as a FIFO queue makes them, each event is applied once and in order. */
export const appliesEachOnceInOrder = <Transaction>(newService: NewService<Transaction>) =>
  fc.asyncProperty(fifoDeliveries, fc.scheduler(), async (deliveries, scheduler) => {
    const service = await newService();
    await scheduler.waitFor(deliverInOrder(deliveries, service, () => scheduler.schedule(Promise.resolve())));
    expect(await service.noted()).toEqual(ONCE_IN_ORDER);
  });

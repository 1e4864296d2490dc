import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.ts';
import { FeedController } from './feed.controller.ts';
import { OrderFeed } from './order-feed.ts';
import { OrderWatch } from './order-watch.ts';

@Module({ imports: [OrdersModule], controllers: [FeedController], providers: [OrderFeed, OrderWatch] })
export class FeedModule {}

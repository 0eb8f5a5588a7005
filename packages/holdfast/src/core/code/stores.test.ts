// Redis commands and mongosh texts: what deletes, what changes, what only asks, what is code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mongoDeeds } from './mongo.ts';
import { redisDeed } from './redis.ts';

const redis: readonly (readonly [want: string, command: string])[] = [
  ['', 'get a'],
  ['', 'HGETALL a'],
  ['', 'config get dir'],
  ['', 'info'],
  ['', ''],
  ['deletes', 'flushall async'],
  ['deletes', 'FLUSHDB'],
  ['changes', 'del a'],
  ['changes', 'CONFIG SET dir /root/.ssh'],
  ['changes', 'eval "return 1" 0'],
  ['changes', 'module load ./x.so'],
  ['changes', 'constructor'],
  ['changes', 'neverheard'],
];
for (const [want, command] of redis)
  test(`redis: ${command}`, () => {
    assert.equal(redisDeed(command.split(' ')) ?? '', want);
  });

const mongo: readonly (readonly [want: string, text: string])[] = [
  ['', 'db.users.find({ a: 1 }).limit(5).toArray()'],
  ['', 'db.version(); print("db.dropDatabase()")'],
  ['', 'db.getSiblingDB("x").users.countDocuments({})'],
  ['', 'db.a.find({ _id: ObjectId("1") })'],
  ['deletes', 'db.dropDatabase()'],
  ['deletes', 'db . users . drop ( )'],
  ['deletes', 'db.users.deleteMany({})'],
  ['deletes', 'db.users.remove()'],
  ['changes', 'db.users.deleteMany({ a: 1 })'],
  ['changes', 'db.users.insertOne({ a: 1 })'],
  ['changes', 'db.a.aggregate([{ $out: "b" }])'],
  ['code', 'require("child_process")'],
  ['code', 'db["drop" + "Database"]()'],
  ['code', 'db.users.find().forEach(x => print(x))'],
  ['code', 'load("/tmp/x.js")'],
  ['code', 'x = 1'],
  ['code', 'db.a.neverheard()'],
  ['code', '"open'],
  ['deletes code', 'db.dropDatabase(); run("id")'],
];
for (const [want, text] of mongo)
  test(`mongosh: ${text}`, () => {
    assert.equal([...mongoDeeds(text)].join(' '), want);
  });

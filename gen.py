import json,random,sys,copy
src=open(sys.argv[1]).read().splitlines(); out=sys.argv[2]; n=int(sys.argv[3]); cases=int(sys.argv[4]); seed=int(sys.argv[5]); nsamp=int(sys.argv[6])
import os
os.makedirs(out,exist_ok=True)
h=json.loads(src[0]); m0=json.loads(src[1]); f=json.loads(src[-1])
random.seed(seed)
for i in range(n):
    h2=dict(h); h2['launch']='%016x'%random.getrandbits(64); h2['started']='2026-11-21T%02d:%02d:00Z'%(seed%20,i)
    f2=dict(f); f2['measurements']=cases
    with open(f'{out}/{seed}-{i}.jsonl','w') as o:
        o.write(json.dumps(h2,separators=(',',':'))+'\n')
        for c in range(cases):
            m=dict(m0); case=dict(m['case']); 
            if 'bytes' in case: case['bytes']=8*(c+1)
            case['size']=8*(c+1) if 'size' in case else None
            if case['size'] is None: del case['size']
            m['case']=case; m['name']='all_reduce/mpi/float/%dB/latency/ranks:2'%(8*(c+1))
            m['samples_seconds']=[random.gauss(1e-4,1e-6) for _ in range(nsamp)]
            m['slowest_rank']=[random.randint(0,1) for _ in range(nsamp)]
            o.write(json.dumps(m,separators=(',',':'))+'\n')
        o.write(json.dumps(f2,separators=(',',':'))+'\n')

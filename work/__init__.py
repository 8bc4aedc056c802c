"""What waits for whom: work and notices that other domains post, steps that wait for a second person, and how people hear of both.

Work is a step that a thing waits for, a Notice is what a department is told, a Proposal is a step that one officer took and another confirms.
Work is posted in the transaction of what causes it (`hub.desk`) and settled by what settles its cause: nobody closes work by hand.
"""
